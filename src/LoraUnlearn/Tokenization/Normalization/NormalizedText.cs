namespace LoraUnlearn.Tokenization.Normalization;

/// <summary>A piece of the input on its way through the normalisers.</summary>
/// <param name="Text">The text.</param>
/// <param name="OriginPrefix">
/// How many leading UTF-16 units stem from the very first character of the whole input; 0 for a piece that begins
/// later. A Metaspace that prepends to the first word only asks for this.
/// </param>
internal readonly record struct NormalizedText(string Text, int OriginPrefix);
