using static TorchSharp.torch;

namespace Afterimage.Models.Tests;

internal static class AutoencoderTraining
{
    /// <summary>Asks for gradients, in training mode, of a loss that encoder and decoder have a part in.</summary>
    public static void GivesEveryWeightAGradient(Autoencoder model, Tensor sample, Func<Tensor, Tensor> asSample)
    {
        foreach (var parameter in model.parameters())
            parameter.requires_grad = true;
        model.train();
        using var posterior = model.Encode(sample);
        var loss = asSample(model.Decode(posterior.Sample())).Minus(sample).Squared().mean().Plus(posterior.Kl().mean().Times(1e-3));
        loss.backward();
        foreach (var (name, parameter) in model.named_parameters())
            Assert.IsTrue(parameter.grad is not null && parameter.grad.isfinite().all().item<bool>(), name);
    }
}
