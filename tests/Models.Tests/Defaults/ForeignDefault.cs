using static TorchSharp.torch;

namespace Afterimage.Models.Tests;

/// <summary>
/// Torch's default device or type is another one, until it is disposed of. A tensor that was made without saying where or of what then has no numbers, or another
/// type, as on a GPU or in a program that has its own defaults.
/// </summary>
internal sealed class ForeignDefault : IDisposable
{
    private readonly Device _device = get_default_device();
    private readonly ScalarType _dtype = get_default_dtype();

    private ForeignDefault()
    {
    }

    public static ForeignDefault Of(string name)
    {
        var foreign = new ForeignDefault();
        if (name == "device")
            set_default_device(META);
        else
            set_default_dtype(ScalarType.Float64);
        return foreign;
    }

    public void Dispose()
    {
        set_default_device(_device);
        set_default_dtype(_dtype);
    }
}
