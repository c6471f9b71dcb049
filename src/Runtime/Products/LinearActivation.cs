namespace Afterimage;

/// <summary>What the outputs of a <see cref="LinearLayer"/> go through.</summary>
public enum LinearActivation
{
    /// <summary>Nothing.</summary>
    None,

    /// <summary>x·Φ(x).</summary>
    Gelu,

    /// <summary>x·Φ(x) by its approximation with tanh.</summary>
    GeluTanh,

    /// <summary>x·σ(x).</summary>
    Silu,
}
