namespace LoraUnlearn.Tokenization.Patterns;

/// <summary>How a repetition gives back what it took.</summary>
internal enum Greed
{
    /// <summary>As many as possible first.</summary>
    Greedy,

    /// <summary>As few as possible first.</summary>
    Lazy,

    /// <summary>As many as possible, and never given back.</summary>
    Possessive,
}

/// <summary>A place in the text, matched without consuming anything.</summary>
internal enum Anchor
{
    /// <summary>^: the start of the text or after a line feed.</summary>
    LineStart,

    /// <summary>$: the end of the text or before a line feed.</summary>
    LineEnd,

    /// <summary>\A.</summary>
    TextStart,

    /// <summary>\z.</summary>
    TextEnd,

    /// <summary>\Z: the end of the text or before a line feed that ends it.</summary>
    TextEndOrLastNewline,

    /// <summary>\b.</summary>
    WordBoundary,

    /// <summary>\B.</summary>
    NoWordBoundary,
}

/// <summary>A part of a parsed regular expression.</summary>
internal abstract record PatternNode
{
    /// <summary>The fewest code points it matches.</summary>
    public abstract int MinLength { get; }

    /// <summary>The most code points it matches, or null where there is no bound.</summary>
    public abstract int? MaxLength { get; }

    /// <summary>The ASCII characters a match can begin with; all of them where the match can be empty.</summary>
    public virtual UInt128 FirstAscii => UInt128.MaxValue;

    /// <summary>One code point of a set.</summary>
    public sealed record Set(CodePointSet Members) : PatternNode
    {
        /// <inheritdoc/>
        public override int MinLength => 1;

        /// <inheritdoc/>
        public override int? MaxLength => 1;

        /// <inheritdoc/>
        public override UInt128 FirstAscii => Members.Ascii;
    }

    /// <summary>One part after the other.</summary>
    public sealed record Sequence(IReadOnlyList<PatternNode> Parts) : PatternNode
    {
        /// <inheritdoc/>
        public override int MinLength => Clamp(Parts.Sum(part => (long)part.MinLength));

        /// <inheritdoc/>
        public override int? MaxLength => Parts.Any(part => part.MaxLength is null) ? null : Clamp(Parts.Sum(part => (long)part.MaxLength!.Value));

        /// <inheritdoc/>
        public override UInt128 FirstAscii
        {
            get
            {
                UInt128 first = UInt128.Zero;
                foreach (PatternNode part in Parts)
                {
                    // An assertion consumes nothing, so what follows it decides.
                    first |= part.MaxLength == 0 ? UInt128.Zero : part.FirstSkippingEmpty;
                    if (part.MinLength > 0)
                    {
                        return first;
                    }
                }

                return UInt128.MaxValue;
            }
        }
    }

    /// <summary>The first of several that lets the whole match.</summary>
    public sealed record Alternation(IReadOnlyList<PatternNode> Choices) : PatternNode
    {
        /// <inheritdoc/>
        public override int MinLength => Choices.Min(choice => choice.MinLength);

        /// <inheritdoc/>
        public override int? MaxLength => Choices.Any(choice => choice.MaxLength is null) ? null : Choices.Max(choice => choice.MaxLength);

        /// <inheritdoc/>
        public override UInt128 FirstAscii => Choices.Aggregate(UInt128.Zero, (first, choice) => first | choice.FirstAscii);
    }

    /// <summary>A part several times over.</summary>
    public sealed record Repeat(PatternNode Body, int Least, int? Most, Greed Greed) : PatternNode
    {
        /// <inheritdoc/>
        public override int MinLength => Clamp((long)Body.MinLength * Least);

        /// <inheritdoc/>
        public override int? MaxLength => Most is { } most && Body.MaxLength is { } length ? Clamp((long)most * length) : null;

        /// <inheritdoc/>
        public override UInt128 FirstAscii => MinLength == 0 ? UInt128.MaxValue : Body.FirstAscii;

        /// <inheritdoc/>
        protected override UInt128 FirstSkippingEmpty => Body.MinLength == 0 ? UInt128.MaxValue : Body.FirstAscii;
    }

    /// <summary>A part that must, or must not, match ahead or behind, consuming nothing.</summary>
    public sealed record Look(PatternNode Body, bool Behind, bool Negative) : PatternNode
    {
        /// <inheritdoc/>
        public override int MinLength => 0;

        /// <inheritdoc/>
        public override int? MaxLength => 0;
    }

    /// <summary>A part whose first match is final.</summary>
    public sealed record Atomic(PatternNode Body) : PatternNode
    {
        /// <inheritdoc/>
        public override int MinLength => Body.MinLength;

        /// <inheritdoc/>
        public override int? MaxLength => Body.MaxLength;

        /// <inheritdoc/>
        public override UInt128 FirstAscii => Body.FirstAscii;
    }

    /// <summary>A place in the text.</summary>
    public sealed record Place(Anchor Anchor) : PatternNode
    {
        /// <inheritdoc/>
        public override int MinLength => 0;

        /// <inheritdoc/>
        public override int? MaxLength => 0;
    }

    /// <summary>The ASCII characters a match that is not empty can begin with.</summary>
    protected virtual UInt128 FirstSkippingEmpty => FirstAscii;

    private static int Clamp(long length) => (int)Math.Min(length, int.MaxValue);
}
