using static TorchSharp.torch;

namespace Afterimage.Models;

/// <summary>The types that some arithmetic is done in whatever the model's type is.</summary>
internal static class Precision
{
    /// <summary>float32 for half types, and the type itself where it is wider.</summary>
    public static ScalarType AtLeastSingle(ScalarType type) =>
        type == ScalarType.Float64 ? ScalarType.Float64 : ScalarType.Float32;

    /// <summary>As <see cref="AtLeastSingle(ScalarType)"/>, for a type that may be torch's default.</summary>
    public static ScalarType AtLeastSingle(ScalarType? type) => AtLeastSingle(type ?? get_default_dtype());
}
