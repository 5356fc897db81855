using TorchSharp.Interop;

namespace TorchSharp;

public static partial class torch
{
    // Elementwise arithmetic.
    public partial class Tensor
    {
        /// <summary>The sum with another tensor, broadcast.</summary>
        public Tensor add(Tensor target) => Create(Native.add(Handle, target.Handle), this, target);

        /// <summary>self + alpha · target, broadcast.</summary>
        public Tensor add(Tensor target, Scalar alpha) => Create(Native.add_alpha(Handle, target.Handle, alpha.Value), this, target);

        /// <summary>The sum with a number.</summary>
        public Tensor add(Scalar scalar) => Create(Native.add_scalar(Handle, scalar.Value), this);

        /// <summary>self + alpha · scalar.</summary>
        public Tensor add(Scalar scalar, Scalar alpha) => Create(Native.add_scalar_alpha(Handle, scalar.Value, alpha.Value), this);

        /// <summary>The difference from another tensor, broadcast.</summary>
        public Tensor sub(Tensor target) => Create(Native.sub(Handle, target.Handle), this, target);

        /// <summary>The difference from a number.</summary>
        public Tensor sub(Scalar target) => Create(Native.sub_scalar(Handle, target.Value), this);

        /// <summary>The elementwise product with another tensor, broadcast.</summary>
        public Tensor mul(Tensor target) => Create(Native.mul(Handle, target.Handle), this, target);

        /// <summary>The product with a number.</summary>
        public Tensor mul(Scalar target) => Create(Native.mul_scalar(Handle, target.Value), this);

        /// <summary>The remainder of division, with the sign of the dividend.</summary>
        public Tensor fmod(Tensor target) => Create(Native.fmod(Handle, target.Handle), this, target);

        /// <summary>The remainder of division by a number, with the sign of the dividend.</summary>
        public Tensor fmod(Scalar scalar) => Create(Native.fmod_scalar(Handle, scalar.Value), this);

        /// <summary>The remainder of division, with the sign of the divisor.</summary>
        public Tensor remainder(Tensor target) => Create(Native.remainder(Handle, target.Handle), this, target);

        /// <summary>The remainder of division by a number, with the sign of the divisor.</summary>
        public Tensor remainder(Scalar scalar) => Create(Native.remainder_scalar(Handle, scalar.Value), this);

        /// <summary>Each element to the power of the matching exponent.</summary>
        public Tensor pow(Tensor exponent) => Create(Native.pow(Handle, exponent.Handle), this, exponent);

        /// <summary>Each element to a power.</summary>
        public Tensor pow(Scalar exponent) => Create(Native.pow_scalar(Handle, exponent.Value), this);

        /// <summary>The quotient rounded down.</summary>
        public Tensor floor_divide(Tensor other) => Create(Native.floor_divide(Handle, other.Handle), this, other);

        /// <summary>The quotient by a number rounded down.</summary>
        public Tensor floor_divide(Scalar other) => Create(Native.floor_divide_scalar(Handle, other.Value), this);

        /// <summary>self + value · tensor1 · tensor2.</summary>
        public Tensor addcmul(Tensor tensor1, Tensor tensor2, Scalar value) =>
            Create(Native.addcmul(Handle, tensor1.Handle, tensor2.Handle, value.Value), this, tensor1, tensor2);

        /// <summary>self + value · tensor1 / tensor2.</summary>
        public Tensor addcdiv(Tensor tensor1, Tensor tensor2, Scalar value) =>
            Create(Native.addcdiv(Handle, tensor1.Handle, tensor2.Handle, value.Value), this, tensor1, tensor2);

        /// <summary>self + tensor1 / tensor2.</summary>
        public Tensor addcdiv(Tensor tensor1, Tensor tensor2) => addcdiv(tensor1, tensor2, 1);

        /// <summary>self + weight · (end - self).</summary>
        public Tensor lerp(Tensor end, Tensor weight) => Create(Native.lerp(Handle, end.Handle, weight.Handle), this, end, weight);

        /// <summary>self · log(y), zero where self is zero.</summary>
        public Tensor xlogy(Tensor y) => Create(Native.xlogy(Handle, y.Handle), this, y);

        /// <summary>The angle of the point (other, self).</summary>
        public Tensor atan2(Tensor other) => Create(Native.atan2(Handle, other.Handle), this, other);

        /// <summary>The quotient by another tensor, broadcast, exact or rounded.</summary>
        public Tensor div(Tensor target, RoundingMode rounding_mode = RoundingMode.None) =>
            Create(Native.div(Handle, target.Handle, (int)rounding_mode), this, target);

        /// <summary>The quotient by a number, exact or rounded.</summary>
        public Tensor div(Scalar target, RoundingMode rounding_mode = RoundingMode.None) =>
            Create(Native.div_scalar(Handle, target.Value, (int)rounding_mode), this);

        /// <summary>The same as div.</summary>
        public Tensor divide(Tensor target, RoundingMode rounding_mode = RoundingMode.None) => div(target, rounding_mode);

        /// <summary>The exact quotient.</summary>
        public Tensor true_divide(Tensor other) => div(other);

        /// <summary>The same as sub.</summary>
        public Tensor subtract(Tensor target) => sub(target);

        /// <summary>The same as div.</summary>
        public Tensor divide(Scalar target, RoundingMode rounding_mode = RoundingMode.None) => div(target, rounding_mode);

        /// <summary>The exact quotient.</summary>
        public Tensor true_divide(Scalar other) => div(other);

        /// <summary>The same as sub.</summary>
        public Tensor subtract(Scalar target) => sub(target);

        /// <summary>The sum with another tensor, broadcast, in place.</summary>
        public Tensor add_(Tensor target) => InPlace(Native.add_(Handle, target.Handle), target);

        /// <summary>self + alpha · target, broadcast, in place.</summary>
        public Tensor add_(Tensor target, Scalar alpha) => InPlace(Native.add_alpha_(Handle, target.Handle, alpha.Value), target);

        /// <summary>The sum with a number, in place.</summary>
        public Tensor add_(Scalar scalar) => InPlace(Native.add_scalar_(Handle, scalar.Value));

        /// <summary>self + alpha · scalar, in place.</summary>
        public Tensor add_(Scalar scalar, Scalar alpha) => InPlace(Native.add_scalar_alpha_(Handle, scalar.Value, alpha.Value));

        /// <summary>The difference from another tensor, broadcast, in place.</summary>
        public Tensor sub_(Tensor target) => InPlace(Native.sub_(Handle, target.Handle), target);

        /// <summary>The difference from a number, in place.</summary>
        public Tensor sub_(Scalar target) => InPlace(Native.sub_scalar_(Handle, target.Value));

        /// <summary>The elementwise product with another tensor, broadcast, in place.</summary>
        public Tensor mul_(Tensor target) => InPlace(Native.mul_(Handle, target.Handle), target);

        /// <summary>The product with a number, in place.</summary>
        public Tensor mul_(Scalar target) => InPlace(Native.mul_scalar_(Handle, target.Value));

        /// <summary>The remainder of division, with the sign of the dividend, in place.</summary>
        public Tensor fmod_(Tensor target) => InPlace(Native.fmod_(Handle, target.Handle), target);

        /// <summary>The remainder of division by a number, with the sign of the dividend, in place.</summary>
        public Tensor fmod_(Scalar scalar) => InPlace(Native.fmod_scalar_(Handle, scalar.Value));

        /// <summary>The remainder of division, with the sign of the divisor, in place.</summary>
        public Tensor remainder_(Tensor target) => InPlace(Native.remainder_(Handle, target.Handle), target);

        /// <summary>The remainder of division by a number, with the sign of the divisor, in place.</summary>
        public Tensor remainder_(Scalar scalar) => InPlace(Native.remainder_scalar_(Handle, scalar.Value));

        /// <summary>Each element to the power of the matching exponent, in place.</summary>
        public Tensor pow_(Tensor exponent) => InPlace(Native.pow_(Handle, exponent.Handle), exponent);

        /// <summary>Each element to a power, in place.</summary>
        public Tensor pow_(Scalar exponent) => InPlace(Native.pow_scalar_(Handle, exponent.Value));

        /// <summary>The quotient rounded down, in place.</summary>
        public Tensor floor_divide_(Tensor other) => InPlace(Native.floor_divide_(Handle, other.Handle), other);

        /// <summary>The quotient by a number rounded down, in place.</summary>
        public Tensor floor_divide_(Scalar other) => InPlace(Native.floor_divide_scalar_(Handle, other.Value));

        /// <summary>self + value · tensor1 · tensor2, in place.</summary>
        public Tensor addcmul_(Tensor tensor1, Tensor tensor2, Scalar value) =>
            InPlace(Native.addcmul_(Handle, tensor1.Handle, tensor2.Handle, value.Value), tensor1, tensor2);

        /// <summary>self + value · tensor1 / tensor2, in place.</summary>
        public Tensor addcdiv_(Tensor tensor1, Tensor tensor2, Scalar value) =>
            InPlace(Native.addcdiv_(Handle, tensor1.Handle, tensor2.Handle, value.Value), tensor1, tensor2);

        /// <summary>self + tensor1 / tensor2, in place.</summary>
        public Tensor addcdiv_(Tensor tensor1, Tensor tensor2) => addcdiv_(tensor1, tensor2, 1);

        /// <summary>self + weight · (end - self), in place.</summary>
        public Tensor lerp_(Tensor end, Tensor weight) => InPlace(Native.lerp_(Handle, end.Handle, weight.Handle), end, weight);

        /// <summary>self · log(y), zero where self is zero, in place.</summary>
        public Tensor xlogy_(Tensor y) => InPlace(Native.xlogy_(Handle, y.Handle), y);

        /// <summary>The angle of the point (other, self), in place.</summary>
        public Tensor atan2_(Tensor other) => InPlace(Native.atan2_(Handle, other.Handle), other);

        /// <summary>The quotient by another tensor, broadcast, exact or rounded, in place.</summary>
        public Tensor div_(Tensor target, RoundingMode rounding_mode = RoundingMode.None) =>
            InPlace(Native.div_(Handle, target.Handle, (int)rounding_mode), target);

        /// <summary>The quotient by a number, exact or rounded, in place.</summary>
        public Tensor div_(Scalar target, RoundingMode rounding_mode = RoundingMode.None) =>
            InPlace(Native.div_scalar_(Handle, target.Value, (int)rounding_mode));

        /// <summary>The same as div_.</summary>
        public Tensor divide_(Tensor target, RoundingMode rounding_mode = RoundingMode.None) => div_(target, rounding_mode);

        /// <summary>The exact quotient, in place.</summary>
        public Tensor true_divide_(Tensor other) => div_(other);

        /// <summary>The same as sub_.</summary>
        public Tensor subtract_(Tensor target) => sub_(target);

        /// <summary>The same as div_.</summary>
        public Tensor divide_(Scalar target, RoundingMode rounding_mode = RoundingMode.None) => div_(target, rounding_mode);

        /// <summary>The exact quotient, in place.</summary>
        public Tensor true_divide_(Scalar other) => div_(other);

        /// <summary>The same as sub_.</summary>
        public Tensor subtract_(Scalar target) => sub_(target);

        /// <summary>The same as mul.</summary>
        public Tensor multiply(Tensor target) => mul(target);

        /// <summary>The same as mul.</summary>
        public Tensor multiply(Scalar target) => mul(target);

        /// <summary>The length of the hypotenuse, elementwise.</summary>
        public Tensor hypot(Tensor other) => Create(Native.hypot(Handle, other.Handle), this, other);

        /// <summary>log(exp(self) + exp(other)), without overflow.</summary>
        public Tensor logaddexp(Tensor other) => Create(Native.logaddexp(Handle, other.Handle), this, other);

        /// <summary>The elementwise maximum; not-a-number propagates.</summary>
        public Tensor maximum(Tensor other) => Create(Native.maximum(Handle, other.Handle), this, other);

        /// <summary>The elementwise minimum; not-a-number propagates.</summary>
        public Tensor minimum(Tensor other) => Create(Native.minimum(Handle, other.Handle), this, other);

        /// <summary>The elementwise maximum; a number wins over not-a-number.</summary>
        public Tensor fmax(Tensor other) => Create(Native.fmax(Handle, other.Handle), this, other);

        /// <summary>The elementwise minimum; a number wins over not-a-number.</summary>
        public Tensor fmin(Tensor other) => Create(Native.fmin(Handle, other.Handle), this, other);
    }
}
