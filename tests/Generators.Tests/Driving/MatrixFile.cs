using System.Text;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.Text;

namespace Afterimage.Generators.Tests.Driving;

/// <summary>Blocks and a model in which one name stands wherever an author can put a name, in one encoding and with one line end.</summary>
internal sealed record MatrixFile(int Number, string Name)
{
    private static readonly Encoding[] s_encodings =
    [
        new UTF8Encoding(false), new UTF8Encoding(true), new UnicodeEncoding(bigEndian: false, byteOrderMark: true),
        new UnicodeEncoding(bigEndian: true, byteOrderMark: true),
    ];

    private static readonly string[] s_lineEnds = ["\n", "\r\n", "\r", "\u2028", "mixed"];

    /// <summary>The namespace of the file's classes, as reflection names it.</summary>
    public string Namespace => FormattableString.Invariant($"Matrix{Number}.{Name}");

    public IEnumerable<SyntaxTree> Parse()
    {
        var encoding = s_encodings[Number % s_encodings.Length];
        yield return Parse(Text, encoding, FormattableString.Invariant($"{Number}-{Name}.cs"));
        yield return Parse(OtherPart, encoding, FormattableString.Invariant($"{Number}-{Name}.Other.cs"));
    }

    public override string ToString() => $"{Name}, {s_encodings[Number % s_encodings.Length].WebName}, {Uri.EscapeDataString(s_lineEnds[Number % s_lineEnds.Length])}";

    private static SyntaxTree Parse(string text, Encoding encoding, string path)
    {
        using var bytes = new MemoryStream([.. encoding.GetPreamble(), .. encoding.GetBytes(text)]);
        return CSharpSyntaxTree.ParseText(SourceText.From(bytes), Compilations.ParseOptions, path);
    }

    private string WithLineEnds(string text)
    {
        var end = s_lineEnds[Number % s_lineEnds.Length];
        var lines = text.ReplaceLineEndings("\n").Split('\n');
        return string.Concat(lines.Select((line, i) => line + (end == "mixed" ? s_lineEnds[i % 2] : end)));
    }

    private string Text => WithLineEnds($$""""
        #define LOUD
        #pragma warning disable
        using System;
        using System.Diagnostics;
        using System.Runtime.CompilerServices;
        using Afterimage;
        using TorchSharp;
        using TorchSharp.Modules;
        using static TorchSharp.torch;
        using static TorchSharp.torch.nn;

        namespace Matrix{{Number}}.@{{Name}}{{(Number % 2 == 0 ? ";" : "\n{")}}

        public static class Seen
        {
            public static string Text = "";
            [Conditional("LOUD")]
            public static void Loudly(string text, [CallerFilePath] string path = "", [CallerLineNumber] int line = 0) => Text += $"{text}@{path}:{line};";
            [Conditional("QUIET")]
            public static void Quietly(string text) => Text += "never";
        }

        [SpatialAttention("attn")]
        public sealed partial class @{{Name}} : Module<Tensor, Tensor>
        {
            private readonly Linear attn = Linear(2, 2);

            public @{{Name}}() : base("block") => RegisterComponents();

            public override partial Tensor forward(Tensor @{{Name}});

            [CachedForward]
            private Tensor Compute(Tensor @{{Name}})
            {
                Seen.Loudly(@"first, ""größe""
            second");
                Seen.Loudly("""
                    raw
                      日本語 { }
                    end
                    """
                    + $"""
                    {@{{Name}}.dim()}
                    of {@{{Name}}.size(
                        0)}
                    """);
                Seen.Quietly($@"{@{{Name}}.dim()}
            never");
        #pragma warning restore CS8981
                var y = attn.forward(
                    @{{Name}} /* the
                       input */ );
                #region A name for the end
                return @{{Name}}.mul(y); // that
                #endregion
            }
        }

        public static partial class Outer
        {
            public partial {{new[] { "class", "struct", "interface", "record", "record struct" }[Number % 5]}} @{{Name}}
            {
                [TemporalAttention("{{Name}}")]
                public sealed partial class Inner : Module<Tensor, Tensor>
                {
                    private readonly Linear @{{Name}} = Linear(2, 2);

                    public Inner() : base("inner") => RegisterComponents();

                    public override partial Tensor forward(Tensor x);

                    [CachedForward]
                    private Tensor @forward2(Tensor x)
                    {
                        Tensor y = @{{Name}}.forward(x.tanh());
                        Seen.Loudly("inner");
                        return y.mul(x);
                    }
                }
            }
        }

        public static class Types
        {
            public delegate Tensor @{{Name}}(Tensor x);
        }

        public sealed class Pair : Module<Tensor, (Tensor @{{Name}}, Tensor second)>
        {
            public Pair() : base("pair") { }

            public override (Tensor @{{Name}}, Tensor second) forward(Tensor x) => (x.tanh(), x.sigmoid());
        }

        [CrossAttention("pair")]
        public sealed partial class Named : Module<Tensor, Types.@{{Name}}, (Tensor @{{Name}}, Tensor second)>
        {
            private readonly Pair pair = new();

            public Named() : base("named") => RegisterComponents();

            [CachedForward]
            private (Tensor @{{Name}}, Tensor second) @{{Name}}(Tensor x, Types.@{{Name}} map)
            {
                var both = pair.forward(x);
                (Tensor @{{Name}}, Tensor) again = both;
                var (@{{Name}}, other) = again;
                again = (other, @{{Name}});
                Seen.Loudly("named");
                return (map(@{{Name}}.mul(x)), again.Item2.mul(again.@{{Name}}));
            }
        }

        [CacheableModel]
        [BlockStack("stack_{{Name}}")]
        public sealed partial class Model : Module<Tensor, Tensor>
        {
            private readonly global::Matrix{{Number}}.@{{Name}}.@{{Name}} first = new();
            private readonly Outer.@{{Name}}.Inner second = new();
            private readonly Named third = new();
            private readonly ModuleList<Linear> stack_{{Name}} = new(Linear(2, 2), Linear(2, 2), Linear(2, 2));

            public Model() : base("model") => RegisterComponents();

            public override partial Tensor forward([GuidanceBatch] Tensor @{{Name}});

            [CachedForward]
            private Tensor @{{Name}}(Tensor @{{Name}})
            {
                foreach (var block in stack_{{Name}} /* the
                    stack */ )
                    @{{Name}} = block.forward(@{{Name}}); // once each
                var (a, b) = third.forward(second.forward(first.forward(@{{Name}})), static x => x.tanh());
                return a.mul(b);
            }
        }
        {{(Number % 2 == 0 ? "" : "}")}}
        """");

    // Its signature is copied to a file that has other usings.
    private string OtherPart => WithLineEnds($$"""
        using T = TorchSharp.torch.Tensor;

        namespace Matrix{{Number}}.@{{Name}};

        public sealed partial class Named
        {
            public override partial (T @{{Name}}, T second) forward(T x, Types.@{{Name}} @{{Name}});
        }
        """);
}
