using TorchSharp.Interop;

namespace TorchSharp;

public static partial class torch
{
    // Comparisons and logic.
    public partial class Tensor
    {
        /// <summary>Whether each element is equal to the matching one.</summary>
        public Tensor eq(Tensor target) => Create(Native.eq(Handle, target.Handle), this, target);

        /// <summary>Whether each element is equal to a number.</summary>
        public Tensor eq(Scalar target) => Create(Native.eq_scalar(Handle, target.Value), this);

        /// <summary>Whether each element is equal to the matching one, in place.</summary>
        public Tensor eq_(Tensor target) => InPlace(Native.eq_(Handle, target.Handle), target);

        /// <summary>Whether each element is equal to a number, in place.</summary>
        public Tensor eq_(Scalar target) => InPlace(Native.eq_scalar_(Handle, target.Value));

        /// <summary>Whether each element is different from the matching one.</summary>
        public Tensor ne(Tensor target) => Create(Native.ne(Handle, target.Handle), this, target);

        /// <summary>Whether each element is different from a number.</summary>
        public Tensor ne(Scalar target) => Create(Native.ne_scalar(Handle, target.Value), this);

        /// <summary>Whether each element is different from the matching one, in place.</summary>
        public Tensor ne_(Tensor target) => InPlace(Native.ne_(Handle, target.Handle), target);

        /// <summary>Whether each element is different from a number, in place.</summary>
        public Tensor ne_(Scalar target) => InPlace(Native.ne_scalar_(Handle, target.Value));

        /// <summary>Whether each element is less than the matching one.</summary>
        public Tensor lt(Tensor target) => Create(Native.lt(Handle, target.Handle), this, target);

        /// <summary>Whether each element is less than a number.</summary>
        public Tensor lt(Scalar target) => Create(Native.lt_scalar(Handle, target.Value), this);

        /// <summary>Whether each element is less than the matching one, in place.</summary>
        public Tensor lt_(Tensor target) => InPlace(Native.lt_(Handle, target.Handle), target);

        /// <summary>Whether each element is less than a number, in place.</summary>
        public Tensor lt_(Scalar target) => InPlace(Native.lt_scalar_(Handle, target.Value));

        /// <summary>Whether each element is at most the matching one.</summary>
        public Tensor le(Tensor target) => Create(Native.le(Handle, target.Handle), this, target);

        /// <summary>Whether each element is at most a number.</summary>
        public Tensor le(Scalar target) => Create(Native.le_scalar(Handle, target.Value), this);

        /// <summary>Whether each element is at most the matching one, in place.</summary>
        public Tensor le_(Tensor target) => InPlace(Native.le_(Handle, target.Handle), target);

        /// <summary>Whether each element is at most a number, in place.</summary>
        public Tensor le_(Scalar target) => InPlace(Native.le_scalar_(Handle, target.Value));

        /// <summary>Whether each element is greater than the matching one.</summary>
        public Tensor gt(Tensor target) => Create(Native.gt(Handle, target.Handle), this, target);

        /// <summary>Whether each element is greater than a number.</summary>
        public Tensor gt(Scalar target) => Create(Native.gt_scalar(Handle, target.Value), this);

        /// <summary>Whether each element is greater than the matching one, in place.</summary>
        public Tensor gt_(Tensor target) => InPlace(Native.gt_(Handle, target.Handle), target);

        /// <summary>Whether each element is greater than a number, in place.</summary>
        public Tensor gt_(Scalar target) => InPlace(Native.gt_scalar_(Handle, target.Value));

        /// <summary>Whether each element is at least the matching one.</summary>
        public Tensor ge(Tensor target) => Create(Native.ge(Handle, target.Handle), this, target);

        /// <summary>Whether each element is at least a number.</summary>
        public Tensor ge(Scalar target) => Create(Native.ge_scalar(Handle, target.Value), this);

        /// <summary>Whether each element is at least the matching one, in place.</summary>
        public Tensor ge_(Tensor target) => InPlace(Native.ge_(Handle, target.Handle), target);

        /// <summary>Whether each element is at least a number, in place.</summary>
        public Tensor ge_(Scalar target) => InPlace(Native.ge_scalar_(Handle, target.Value));

        /// <summary>The same as eq: an elementwise comparison.</summary>
        public Tensor equal(Tensor target) => eq(target);

        /// <summary>The same as ge: an elementwise comparison.</summary>
        public Tensor greater_equal(Tensor target) => ge(target);

        /// <summary>The same as gt: an elementwise comparison.</summary>
        public Tensor greater(Tensor target) => gt(target);

        /// <summary>The same as le: an elementwise comparison.</summary>
        public Tensor less_equal(Tensor target) => le(target);

        /// <summary>The same as lt: an elementwise comparison.</summary>
        public Tensor less(Tensor target) => lt(target);

        /// <summary>The same as ne: an elementwise comparison.</summary>
        public Tensor not_equal(Tensor target) => ne(target);

        /// <summary>Whether each element is within atol + rtol · |other| of the matching one.</summary>
        public Tensor isclose(Tensor other, double rtol = 1e-05, double atol = 1e-08, bool nanEqual = false) =>
            Create(Native.isclose(Handle, other.Handle, rtol, atol, nanEqual), this, other);

        /// <summary>Whether every element is within atol + rtol · |target| of the matching one.</summary>
        public bool allclose(Tensor target, double rtol = 1e-05, double atol = 1e-08, bool equal_nan = false) =>
            Truth(Native.allclose(Handle, target.Handle, rtol, atol, equal_nan), this, target);

        /// <summary>Whether each element occurs among the test elements.</summary>
        public Tensor isin(Tensor test_elements, bool assumeUnique = false, bool invert = false) =>
            Create(Native.isin(Handle, test_elements.Handle, assumeUnique, invert), this, test_elements);

        /// <summary>The elementwise logical and.</summary>
        public Tensor logical_and(Tensor other) => Create(Native.logical_and(Handle, other.Handle), this, other);

        /// <summary>The elementwise bitwise and.</summary>
        public Tensor bitwise_and(Tensor other) => Create(Native.bitwise_and(Handle, other.Handle), this, other);

        /// <summary>The elementwise logical and, in place.</summary>
        public Tensor logical_and_(Tensor other) => InPlace(Native.logical_and_(Handle, other.Handle), other);

        /// <summary>The elementwise bitwise and, in place.</summary>
        public Tensor bitwise_and_(Tensor other) => InPlace(Native.bitwise_and_(Handle, other.Handle), other);

        /// <summary>The elementwise logical or.</summary>
        public Tensor logical_or(Tensor other) => Create(Native.logical_or(Handle, other.Handle), this, other);

        /// <summary>The elementwise bitwise or.</summary>
        public Tensor bitwise_or(Tensor other) => Create(Native.bitwise_or(Handle, other.Handle), this, other);

        /// <summary>The elementwise logical or, in place.</summary>
        public Tensor logical_or_(Tensor other) => InPlace(Native.logical_or_(Handle, other.Handle), other);

        /// <summary>The elementwise bitwise or, in place.</summary>
        public Tensor bitwise_or_(Tensor other) => InPlace(Native.bitwise_or_(Handle, other.Handle), other);

        /// <summary>The elementwise logical xor.</summary>
        public Tensor logical_xor(Tensor other) => Create(Native.logical_xor(Handle, other.Handle), this, other);

        /// <summary>The elementwise bitwise xor.</summary>
        public Tensor bitwise_xor(Tensor other) => Create(Native.bitwise_xor(Handle, other.Handle), this, other);

        /// <summary>The elementwise logical xor, in place.</summary>
        public Tensor logical_xor_(Tensor other) => InPlace(Native.logical_xor_(Handle, other.Handle), other);

        /// <summary>The elementwise bitwise xor, in place.</summary>
        public Tensor bitwise_xor_(Tensor other) => InPlace(Native.bitwise_xor_(Handle, other.Handle), other);
    }
}
