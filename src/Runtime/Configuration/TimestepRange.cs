using System.Globalization;

namespace Afterimage;

/// <summary>
/// An open interval of timesteps: a forward at timestep <c>t</c> is within it when <c>Low &lt; t &lt; High</c>. An interval whose
/// ends are equal contains nothing.
/// </summary>
/// <param name="Low">The lower end, itself outside. In the units of the timesteps that a run is given, usually 0 to 1000.</param>
/// <param name="High">The upper end, itself outside.</param>
public readonly record struct TimestepRange(double Low, double High)
{
    /// <summary>Whether <paramref name="timestep"/> lies strictly between the ends.</summary>
    public bool Contains(double timestep) => Low < timestep && timestep < High;

    /// <summary>Lets a range be written as <c>(100, 800)</c>.</summary>
    public static implicit operator TimestepRange((double Low, double High) range) => new(range.Low, range.High);

    /// <inheritdoc/>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"({Low}, {High})");
}
