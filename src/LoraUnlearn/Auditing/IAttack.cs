namespace LoraUnlearn.Auditing;

/// <summary>One thing that an adversary would try on an unlearned model.</summary>
public interface IAttack
{
    /// <summary>Its name after <c>--attacks</c> and in documents.</summary>
    string Name { get; }

    /// <summary>What it does, in a few words, for the help.</summary>
    string Summary { get; }

    /// <summary>Why it cannot be tried on these rows; null where it can.</summary>
    /// <param name="audit">Models, rows, settings.</param>
    string? Lacks(AuditCase audit);

    /// <summary>Tries it. The models are left as they were.</summary>
    /// <param name="audit">Models, rows, settings.</param>
    AttackResult Run(AuditCase audit);
}
