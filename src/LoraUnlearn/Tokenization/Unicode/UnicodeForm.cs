namespace LoraUnlearn.Tokenization.Unicode;

/// <summary>Unicode's four normalisation forms (Unicode Standard Annex 15).</summary>
internal enum UnicodeForm
{
    /// <summary>Canonical composition.</summary>
    Nfc,

    /// <summary>Canonical decomposition.</summary>
    Nfd,

    /// <summary>Compatibility composition.</summary>
    Nfkc,

    /// <summary>Compatibility decomposition.</summary>
    Nfkd,
}
