using TorchSharp;
using static TorchSharp.torch;

namespace LoraUnlearn.Quantization;

/// <summary>
/// Room for one dequantised map, used for one product after the other. The allocator could not do that: blocks as large as these leave
/// holes between what is smaller and stays, into which glibc fits no aligned block of the same size.
/// </summary>
internal sealed class DequantisedRoom : IDisposable
{
    private static readonly Dictionary<(ScalarType Type, DeviceType Device, int Index), Stack<Tensor>> Free = [];

    private readonly (ScalarType Type, DeviceType Device, int Index) _kind;
    private readonly Tensor _room;

    private DequantisedRoom((ScalarType Type, DeviceType Device, int Index) kind, Tensor room, long count)
    {
        (_kind, _room) = (kind, room);
        Flat = room.narrow(0, 0, count).DetachFromDisposeScope();
    }

    /// <summary>[oi], contiguous.</summary>
    public Tensor Flat { get; }

    /// <summary>Takes room that nobody uses, or makes some.</summary>
    /// <param name="matrix">What is to be dequantised.</param>
    /// <param name="type">Into which type.</param>
    public static DequantisedRoom For(QuantisedMatrix matrix, ScalarType type)
    {
        (ScalarType Type, DeviceType Device, int Index) kind = (type, matrix.Device.type, matrix.Device.index);
        long count = matrix.Rows * matrix.Columns;
        Tensor? room = null;
        lock (Free)
        {
            if (Free.TryGetValue(kind, out Stack<Tensor>? free))
            {
                free.TryPop(out room);
            }
        }

        if (room is not null && room.NumberOfElements < count)
        {
            room.Dispose();
            room = null;
        }

        return new DequantisedRoom(kind, room ?? empty([count], type, matrix.Device).DetachFromDisposeScope(), count);
    }

    /// <summary>Leaves the room to the next.</summary>
    public void Dispose()
    {
        Flat.Dispose();
        lock (Free)
        {
            if (!Free.TryGetValue(_kind, out Stack<Tensor>? free))
            {
                Free.Add(_kind, free = new Stack<Tensor>());
            }

            free.Push(_room);
        }
    }
}
