using System.Globalization;
using System.Text;
using Afterimage.Execution;
using Afterimage.Generators.Tests.Driving;
using Microsoft.CodeAnalysis;
using static TorchSharp.torch;

namespace Afterimage.Generators.Tests;

/// <summary>Random bodies: whatever is skipped, the result is the body's as long as the history is.</summary>
[TestClass]
public sealed class RandomBodyTests
{
    private const int Bodies = 15;

    [TestMethod]
    [DataRow(1)]
    [DataRow(2)]
    [DataRow(3)]
    public void EveryVariant_EqualsTheBody(int seed)
    {
        var random = new Random(seed);
        var code = new StringBuilder();
        for (var i = 0; i < Bodies; i++)
            code.Append(Block(i, random));
        var text = Analysis.InPrelude(code.ToString());
        var refused = Analysis.Of(text).Ours.Where(finding => finding.Severity == DiagnosticSeverity.Error);
        Assert.IsEmpty(refused, $"{string.Join("\n", refused)}\n{text}");
        var assembly = EmittedAssembly.Of(text);
        using var guard = no_grad();
        for (var i = 0; i < Bodies; i++)
        {
            using var scope = NewDisposeScope();
            AssertVariants(assembly, string.Create(CultureInfo.InvariantCulture, $"Example.Block{i}"));
        }
    }

    private static void AssertVariants(EmittedAssembly assembly, string name)
    {
        var block = assembly.New<nn.Module<Tensor, Tensor, Tensor>>(name);
        var cached = (ICachedBlock)block;
        var (x, y) = (rand(2, 3), rand(2, 3));
        // Bodies modify their inputs in place.
        var plain = block.forward(x.clone(), y.clone());
        FakeSlot[] slots = [new(), new(), new()];
        for (var mask = 0; mask < 8; mask++)
        {
            cached.Select(mask, slots);
            Assert.IsTrue(plain.equal(block.forward(x.clone(), y.clone())).all().item<bool>(), $"{name}, variant {mask}");
        }
    }

    private static string Block(int number, Random random)
    {
        var body = new StringBuilder();
        var variables = new List<string> { "x", "y" };
        // What may be a site's result cannot be modified in place.
        var fresh = new HashSet<string>();
        var statements = random.Next(6, 14);
        var sites = Enumerable.Range(0, statements).OrderBy(_ => random.Next()).Take(3).Order().ToArray();
        var results = new List<string>();
        for (var i = 0; i < statements; i++)
        {
            var site = Array.IndexOf(sites, i);
            var target = site >= 0 || random.Next(3) > 0 ? string.Create(CultureInfo.InvariantCulture, $"v{i}") : Replaced();
            var declaration = variables.Contains(target) ? target : $"{(random.Next(2) == 0 ? "var" : "Tensor")} {target}";
            if (site >= 0)
            {
                body.AppendLine(CultureInfo.InvariantCulture, $"        {declaration} = attn{site}.forward({Pick()} * 0.5);");
                results.Add(target);
                variables.Add(target);
                continue;
            }

            switch (random.Next(8))
            {
                case 0 when fresh.Count > 0:
                    body.AppendLine(CultureInfo.InvariantCulture, $"        {fresh.Order().First()}.add_({Pick()}.mean());");
                    break;
                case 1:
                    body.AppendLine(CultureInfo.InvariantCulture, $"        if (x.dim() > {random.Next(1, 3)}) {Existing()} = {Pick()} - {Pick()};");
                    break;
                case 2:
                    body.AppendLine(CultureInfo.InvariantCulture, $"        count += {Pick()}.size(0);");
                    break;
                case 3:
                    body.AppendLine(CultureInfo.InvariantCulture, $"        {declaration} = Unknown({Pick()});");
                    Assign(target, isFresh: true);
                    break;
                case 4:
                    body.AppendLine(CultureInfo.InvariantCulture, $"        {declaration} = {Pick()}[.., ..].to(ScalarType.Float32);");
                    Assign(target, isFresh: false);
                    break;
                default:
                    body.AppendLine(CultureInfo.InvariantCulture, $"        {declaration} = norm.forward({Pick()} * 1.5) + {Pick()};");
                    Assign(target, isFresh: true);
                    break;
            }
        }

        var index = number.ToString(CultureInfo.InvariantCulture);
        return $$"""

            [SpatialAttention(nameof(attn0))]
            [CrossAttention(nameof(attn1))]
            [FeedForward(nameof(attn2))]
            internal sealed partial class Block{{index}}() : Module<Tensor, Tensor, Tensor>("block")
            {
                private readonly Attention attn0 = new();
                private readonly Attention attn1 = new();
                private readonly Attention attn2 = new();
                private readonly Norm norm = new();
                private long count = 1;

                public override partial Tensor forward(Tensor x, Tensor y);

                [CachedForward]
                private Tensor Compute(Tensor x, Tensor y)
                {
            {{body}}
                    return {{string.Join(" + ", results)}} + {{Pick()}} + (count > 0 ? 1 : 0) * {{Pick()}};
                }

                private static Tensor Unknown(Tensor x) => x * 0.75;
            }

            """.ReplaceLineEndings("\n");

        string Pick() => variables[random.Next(variables.Count)];

        // A result that is overwritten before it is read would be refused.
        string Replaced() => Pick() is var name && results.Contains(name) ? "x" : name;

        string Existing()
        {
            var name = Pick();
            fresh.Remove(name);
            return name;
        }

        void Assign(string name, bool isFresh)
        {
            if (!variables.Contains(name))
                variables.Add(name);
            if (isFresh)
                fresh.Add(name);
            else
                fresh.Remove(name);
        }
    }
}
