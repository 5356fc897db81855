using LoraUnlearn.Adapters;
using LoraUnlearn.Models;
using LoraUnlearn.Objectives;
using LoraUnlearn.Sessions;

namespace LoraUnlearn.Training;

/// <summary>A run as those see it who watch it or prepare it.</summary>
/// <param name="Session">The model.</param>
/// <param name="Objective">L_f, told of the model.</param>
/// <param name="Forget">The forget set.</param>
/// <param name="Retain">The retain set, or null.</param>
/// <param name="Request">What was asked for.</param>
public sealed record RunView(ModelSession Session, Objective Objective, EncodedData Forget, EncodedData? Retain, UnlearningRequest Request);

/// <summary>Watches a run's adapter between its steps.</summary>
public interface IRunRecorder
{
    /// <summary>Refuses a run that cannot be recorded, before any work.</summary>
    /// <param name="run">The run.</param>
    /// <exception cref="InputException">It cannot be recorded.</exception>
    void Check(RunView run);

    /// <summary>The adapter is ready; called again where a run is taken up.</summary>
    /// <param name="run">The run.</param>
    /// <param name="adapters">Its adapter.</param>
    /// <param name="reference">Its reference model.</param>
    /// <param name="stepsTaken">0, or the step that the run goes on from.</param>
    void Start(RunView run, AdapterSet adapters, ReferenceModel reference, int stepsTaken);

    /// <summary>A step has been taken. The adapter's parameters must not change; its gradient may.</summary>
    /// <param name="stepsTaken">Steps taken.</param>
    /// <param name="isLast">Whether it was the last.</param>
    void AfterStep(int stepsTaken, bool isLast);
}

/// <summary>Decides, before there is an adapter, which maps get one and how much each row of the forget set counts.</summary>
public interface IRunPlan
{
    /// <summary>Its settings, for the run's configuration.</summary>
    IReadOnlyDictionary<string, string> Settings { get; }

    /// <summary>Decides. The same run always gets the same plan.</summary>
    /// <param name="run">The run.</param>
    /// <param name="maps">The maps that the targets name.</param>
    /// <param name="note">Takes lines worth saying.</param>
    /// <param name="cancellation">Stops between batches.</param>
    /// <returns>The maps to adapt, at least one; a weight for each row, mean 1, or null for 1 each.</returns>
    /// <exception cref="InputException">The plan cannot be made for this run.</exception>
    (IReadOnlyList<LinearMap> Maps, IReadOnlyList<double>? RowWeights) Decide(RunView run, IReadOnlyList<LinearMap> maps, Action<string> note, CancellationToken cancellation);
}
