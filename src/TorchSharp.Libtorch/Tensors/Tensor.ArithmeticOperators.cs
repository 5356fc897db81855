using TorchSharp.Interop;

namespace TorchSharp;

public static partial class torch
{
    // Arithmetic operators.
    public partial class Tensor
    {
        /// <summary>The sum.</summary>
        public static Tensor operator +(Tensor left, Tensor right) => left.add(right);

        /// <summary>The sum.</summary>
        public static Tensor operator +(Tensor left, Scalar right) => left.add(right);

        /// <summary>The sum.</summary>
        public static Tensor operator +(Scalar left, Tensor right) => right.add(left);

        /// <summary>The sum.</summary>
        public static Tensor operator +(Tensor left, int right) => left + (Scalar)right;

        /// <summary>The sum.</summary>
        public static Tensor operator +(Tensor left, long right) => left + (Scalar)right;

        /// <summary>The sum.</summary>
        public static Tensor operator +(Tensor left, float right) => left + (Scalar)right;

        /// <summary>The sum.</summary>
        public static Tensor operator +(Tensor left, double right) => left + (Scalar)right;

        /// <summary>The sum.</summary>
        public static Tensor operator +(int left, Tensor right) => (Scalar)left + right;

        /// <summary>The sum.</summary>
        public static Tensor operator +(long left, Tensor right) => (Scalar)left + right;

        /// <summary>The sum.</summary>
        public static Tensor operator +(float left, Tensor right) => (Scalar)left + right;

        /// <summary>The sum.</summary>
        public static Tensor operator +(double left, Tensor right) => (Scalar)left + right;

        /// <summary>The difference.</summary>
        public static Tensor operator -(Tensor left, Tensor right) => left.sub(right);

        /// <summary>The difference.</summary>
        public static Tensor operator -(Tensor left, Scalar right) => left.sub(right);

        /// <summary>The difference.</summary>
        public static Tensor operator -(Scalar left, Tensor right) => Create(Native.sub_reversed(right.Handle, left.Value), right);

        /// <summary>The difference.</summary>
        public static Tensor operator -(Tensor left, int right) => left - (Scalar)right;

        /// <summary>The difference.</summary>
        public static Tensor operator -(Tensor left, long right) => left - (Scalar)right;

        /// <summary>The difference.</summary>
        public static Tensor operator -(Tensor left, float right) => left - (Scalar)right;

        /// <summary>The difference.</summary>
        public static Tensor operator -(Tensor left, double right) => left - (Scalar)right;

        /// <summary>The difference.</summary>
        public static Tensor operator -(int left, Tensor right) => (Scalar)left - right;

        /// <summary>The difference.</summary>
        public static Tensor operator -(long left, Tensor right) => (Scalar)left - right;

        /// <summary>The difference.</summary>
        public static Tensor operator -(float left, Tensor right) => (Scalar)left - right;

        /// <summary>The difference.</summary>
        public static Tensor operator -(double left, Tensor right) => (Scalar)left - right;

        /// <summary>The elementwise product.</summary>
        public static Tensor operator *(Tensor left, Tensor right) => left.mul(right);

        /// <summary>The elementwise product.</summary>
        public static Tensor operator *(Tensor left, Scalar right) => left.mul(right);

        /// <summary>The elementwise product.</summary>
        public static Tensor operator *(Scalar left, Tensor right) => right.mul(left);

        /// <summary>The elementwise product.</summary>
        public static Tensor operator *(Tensor left, int right) => left * (Scalar)right;

        /// <summary>The elementwise product.</summary>
        public static Tensor operator *(Tensor left, long right) => left * (Scalar)right;

        /// <summary>The elementwise product.</summary>
        public static Tensor operator *(Tensor left, float right) => left * (Scalar)right;

        /// <summary>The elementwise product.</summary>
        public static Tensor operator *(Tensor left, double right) => left * (Scalar)right;

        /// <summary>The elementwise product.</summary>
        public static Tensor operator *(int left, Tensor right) => (Scalar)left * right;

        /// <summary>The elementwise product.</summary>
        public static Tensor operator *(long left, Tensor right) => (Scalar)left * right;

        /// <summary>The elementwise product.</summary>
        public static Tensor operator *(float left, Tensor right) => (Scalar)left * right;

        /// <summary>The elementwise product.</summary>
        public static Tensor operator *(double left, Tensor right) => (Scalar)left * right;

        /// <summary>The quotient.</summary>
        public static Tensor operator /(Tensor left, Tensor right) => left.div(right);

        /// <summary>The quotient.</summary>
        public static Tensor operator /(Tensor left, Scalar right) => left.div(right);

        /// <summary>The quotient.</summary>
        public static Tensor operator /(Scalar left, Tensor right) => Create(Native.div_reversed(right.Handle, left.Value), right);

        /// <summary>The quotient.</summary>
        public static Tensor operator /(Tensor left, int right) => left / (Scalar)right;

        /// <summary>The quotient.</summary>
        public static Tensor operator /(Tensor left, long right) => left / (Scalar)right;

        /// <summary>The quotient.</summary>
        public static Tensor operator /(Tensor left, float right) => left / (Scalar)right;

        /// <summary>The quotient.</summary>
        public static Tensor operator /(Tensor left, double right) => left / (Scalar)right;

        /// <summary>The quotient.</summary>
        public static Tensor operator /(int left, Tensor right) => (Scalar)left / right;

        /// <summary>The quotient.</summary>
        public static Tensor operator /(long left, Tensor right) => (Scalar)left / right;

        /// <summary>The quotient.</summary>
        public static Tensor operator /(float left, Tensor right) => (Scalar)left / right;

        /// <summary>The quotient.</summary>
        public static Tensor operator /(double left, Tensor right) => (Scalar)left / right;
    }
}
