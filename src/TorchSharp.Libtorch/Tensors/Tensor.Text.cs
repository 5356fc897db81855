using System.Globalization;
using System.Text;

namespace TorchSharp;

public static partial class torch
{
    // A tensor as text for people.
    public partial class Tensor
    {
        private const long MostShown = 1000;

        /// <summary>The shape, type and device; for a small tensor on the processor its values too.</summary>
        public override string ToString()
        {
            if (IsInvalid || numel() > MostShown || is_meta || is_complex())
            {
                return this.metastr();
            }

            StringBuilder text = new(this.metastr());
            text.Append(", value = ");
            using Tensor values = detach().cpu().to(ScalarType.Float64);
            Append(text, values.data<double>().ToArray(), shape, 0, 0);
            return text.ToString();
        }

        // Writes the block of one index prefix and returns the place after it.
        private int Append(StringBuilder text, double[] values, long[] shape, int dimension, int place)
        {
            if (dimension == shape.Length)
            {
                text.Append(Shown(values[place]));
                return place + 1;
            }

            text.Append('[');
            for (long i = 0; i < shape[dimension]; i++)
            {
                text.Append(i == 0 ? string.Empty : ", ");
                place = Append(text, values, shape, dimension + 1, place);
            }

            text.Append(']');
            return place;
        }

        private string Shown(double value) =>
            dtype == ScalarType.Bool ? (value != 0 ? "true" : "false")
            : is_integral() ? value.ToString("0", CultureInfo.InvariantCulture)
            : value.ToString("g5", CultureInfo.InvariantCulture);
    }
}
