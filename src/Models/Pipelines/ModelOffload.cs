using static TorchSharp.torch;

namespace Afterimage.Models;

/// <summary>Models that stay on the CPU and visit a device one after another.</summary>
/// <param name="device">The device.</param>
/// <param name="move">Moves a model.</param>
internal sealed class ModelOffload(Device device, Action<nn.Module, Device> move)
{
    private nn.Module? _visitor;

    /// <summary>Where models are called.</summary>
    public Device Device => device;

    /// <summary>Brings a model, and sends the one before home.</summary>
    public void Summon(nn.Module model)
    {
        if (ReferenceEquals(model, _visitor))
            return;
        SendHome();
        // Before it moves: one that memory ends half way goes home too.
        _visitor = model;
        move(model, device);
    }

    /// <summary>Leaves the device without models.</summary>
    public void SendHome()
    {
        if (_visitor is not { } visitor)
            return;
        _visitor = null;
        move(visitor, CPU);
    }
}
