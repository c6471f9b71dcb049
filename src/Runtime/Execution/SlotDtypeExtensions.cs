using static TorchSharp.torch;

namespace Afterimage.Execution;

/// <summary>torch's names of the types that results are kept in.</summary>
internal static class SlotDtypeExtensions
{
    /// <summary>The type, or null where that is for the results to say.</summary>
    public static ScalarType? Torch(this SlotDtype dtype) => dtype switch
    {
        SlotDtype.Float32 => ScalarType.Float32,
        SlotDtype.Float16 => ScalarType.Float16,
        SlotDtype.BFloat16 => ScalarType.BFloat16,
        _ => null,
    };
}
