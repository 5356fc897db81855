namespace TorchSharp;

/// <summary>How distances of many pairs are computed.</summary>
public enum compute_mode
{
    /// <summary>Through a matrix product where there are many pairs.</summary>
    use_mm_for_euclid_dist_if_necessary = 0,

    /// <summary>Through a matrix product.</summary>
    use_mm_for_euclid_dist = 1,

    /// <summary>Without a matrix product.</summary>
    donot_use_mm_for_euclid_dist = 2,
}
