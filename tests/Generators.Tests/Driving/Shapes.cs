using System.Text.RegularExpressions;

namespace Afterimage.Generators.Tests.Driving;

/// <summary>Makes code of short descriptions: <c>CLASS(Name)</c> is a block of that name with one site.</summary>
internal static partial class Shapes
{
    public const string Usings = "using Afterimage; using TorchSharp; using static TorchSharp.torch; using static TorchSharp.torch.nn;\n";

    /// <summary>The code, and how many classes it has.</summary>
    public static string Expand(string shape, out int classes)
    {
        classes = Class().Count(shape);
        return Class().Replace(shape, match => Block(match.Groups[1].Value));
    }

    private static string Block(string name) => $$"""

        [SpatialAttention(nameof(attn))]
        public sealed partial class {{name}} : Module<Tensor, Tensor>
        {
            private readonly TorchSharp.Modules.Linear attn = Linear(2, 2);

            public {{name.Split('<')[0]}}() : base("block") => RegisterComponents();

            public override partial Tensor forward(Tensor x);

            [CachedForward]
            private Tensor Compute(Tensor x)
            {
                var y = attn.forward(x);
                return x.mul(y);
            }
        }

        """;

    [GeneratedRegex(@"CLASS\(([^)]*)\)")]
    private static partial Regex Class();
}
