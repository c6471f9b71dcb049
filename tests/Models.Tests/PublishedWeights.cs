using System.Security.Cryptography;
using System.Text;
using static TorchSharp.torch;

namespace Afterimage.Models.Tests;

/// <summary>What diffusers makes of a published config: the number of its weights, and a digest of their names and shapes.</summary>
internal static class PublishedWeights
{
    /// <summary>Compares a model's, and disposes of it.</summary>
    public static void Check(nn.Module model, long weights, int tensors, string digest)
    {
        using (model)
        {
            Assert.AreEqual(weights, model.parameters().Sum(parameter => parameter.numel()));
            var lines = model.state_dict()
                .Select(entry => $"{entry.Key} [{string.Join(", ", entry.Value.shape)}]")
                .Order(StringComparer.Ordinal).ToList();
            Assert.HasCount(tensors, lines);
            var hash = SHA256.HashData(Encoding.UTF8.GetBytes(string.Join('\n', lines)));
            Assert.AreEqual(digest, Convert.ToHexStringLower(hash)[..16], string.Join('\n', lines));
        }
    }
}
