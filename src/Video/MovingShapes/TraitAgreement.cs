namespace Afterimage.Video.MovingShapes;

/// <summary>Which of the traits that a prompt asks for its film shows; <see langword="null"/> for what it does not ask for.</summary>
/// <param name="Color">Whether the colour is right.</param>
/// <param name="Kind">Whether the kind of shape is right.</param>
/// <param name="Direction">Whether the direction is right.</param>
public readonly record struct TraitAgreement(bool? Color, bool? Kind, bool? Direction)
{
    /// <summary>Whether all that was asked for is right; <see langword="null"/> where nothing was.</summary>
    public bool? All => (Color ?? Kind ?? Direction) is null ? null : Color is not false && Kind is not false && Direction is not false;
}
