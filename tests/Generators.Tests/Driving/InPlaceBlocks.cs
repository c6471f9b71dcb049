namespace Afterimage.Generators.Tests.Driving;

/// <summary>Blocks with one site, among modules that write into what they get and modules that do not.</summary>
internal static class InPlaceBlocks
{
    public static string Of(string body, string site = "attn") => $$"""
        using System;
        using System.Collections.Generic;
        using System.Linq;
        using Afterimage;
        using TorchSharp;
        using TorchSharp.Modules;
        using static TorchSharp.torch;
        using static TorchSharp.torch.nn;

        namespace Example;

        internal sealed class Attention() : Module<Tensor, Tensor>("attention")
        {
            public override Tensor forward(Tensor x) => x.softmax(-1);
        }

        internal sealed class Pairing() : Module<Tensor, (Tensor, Tensor)>("pairing")
        {
            public override (Tensor, Tensor) forward(Tensor x) => (x + 1, x * 2);
        }

        internal sealed class Writer() : Module<Tensor, Tensor>("writer")
        {
            public override Tensor forward(Tensor x)
            {
                var t = x;
                if (t.dim() > 1)
                    t = t.view(-1);
                t.mul_(3);
                return x + 1;
            }
        }

        internal sealed class HelpedWriter() : Module<Tensor, Tensor>("helped")
        {
            public override Tensor forward(Tensor x)
            {
                foreach (var part in Parts(x))
                    Double(part);
                return x + 1;
            }

            private static IEnumerable<Tensor> Parts(Tensor x) => x.chunk(2);

            private static void Double(Tensor x) => x.mul_(2);
        }

        internal sealed class Polite() : Module<Tensor, Tensor>("polite")
        {
            public override Tensor forward(Tensor x)
            {
                using var scope = NewDisposeScope();
                x = x * 2;
                x.add_(1);
                var parts = new List<Tensor> { x.relu() };
                parts[0][0] = 5;
                return parts[0].MoveToOuterDisposeScope();
            }
        }

        internal sealed class Keeper() : Module<Tensor, Tensor>("keeper")
        {
            private Tensor? _last;

            public override Tensor forward(Tensor x)
            {
                _last?.add_(1);
                _last = x.DetachFromDisposeScope();
                return x + 1;
            }
        }

        internal sealed class RawWriter() : Module<Tensor, Tensor>("raw")
        {
            public override Tensor forward(Tensor x)
            {
                x.bytes.Clear();
                return x + 1;
            }
        }

        internal sealed class Wrapped() : Module<Tensor, Tensor>("wrapped")
        {
            private readonly Module<Tensor, Tensor> inner = Sequential(Identity(), Dropout(0.1), ReLU(inplace: true));

            public override Tensor forward(Tensor x) => inner.call(x.dim() > 0 ? x : -x);
        }

        internal sealed class Cloning() : Module<Tensor, Tensor>("cloning")
        {
            private readonly SiLU inner = SiLU(inplace: true);

            public override Tensor forward(Tensor x)
            {
                var copy = x.clone();
                return inner.call(copy);
            }
        }

        internal sealed class Looped() : Module<Tensor, Tensor>("looped")
        {
            public override Tensor forward(Tensor x)
            {
                var (a, b) = (x + 1, x + 2);
                for (var i = 0; i < 3; i++)
                {
                    a.add_(1);
                    a = b;
                    b = x;
                }

                return x + 1;
            }
        }

        internal sealed class Lambda() : Module<Tensor, Tensor>("lambda")
        {
            public override Tensor forward(Tensor x)
            {
                var t = x + 1;
                Action write = () => t.add_(1);
                t = x;
                write();
                return x + 1;
            }
        }

        internal abstract class Based(string name) : Module<Tensor, Tensor>(name)
        {
            public override Tensor forward(Tensor x) => Inner(x) + 1;

            protected virtual Tensor Inner(Tensor x) => x * 2;
        }

        internal class Derived() : Based("derived")
        {
            protected override Tensor Inner(Tensor x) => x.mul_(2);
        }

        internal sealed class Recursive() : Module<Tensor, Tensor>("recursive")
        {
            public override Tensor forward(Tensor x) => Down(x, 3) + 1;

            private static Tensor Down(Tensor x, int depth) => depth == 0 ? x.mul_(2) : Down(x, depth - 1);
        }

        internal sealed class Mutual() : Module<Tensor, Tensor>("mutual")
        {
            public override Tensor forward(Tensor x) => A(x, 9) + 1;

            private static Tensor A(Tensor x, int n) => n < 0 ? x : B(x, n - 1) + C(x, n - 2) + D(x, n - 3) + E(x, n - 4) + F(x, n - 5);

            private static Tensor B(Tensor x, int n) => n < 0 ? x : A(x, n - 1) + C(x, n - 2) + D(x, n - 3) + E(x, n - 4) + F(x, n - 5);

            private static Tensor C(Tensor x, int n) => n < 0 ? x : A(x, n - 1) + B(x, n - 2) + D(x, n - 3) + E(x, n - 4) + F(x, n - 5);

            private static Tensor D(Tensor x, int n) => n < 0 ? x : A(x, n - 1) + B(x, n - 2) + C(x, n - 3) + E(x, n - 4) + F(x, n - 5);

            private static Tensor E(Tensor x, int n) => n < 0 ? x : A(x, n - 1) + B(x, n - 2) + C(x, n - 3) + D(x, n - 4) + F(x, n - 5);

            private static Tensor F(Tensor x, int n) => n < 0 ? x.mul_(0.5f) : A(x, n - 1) + B(x, n - 2) + C(x, n - 3) + D(x, n - 4) + E(x, n - 5);
        }

        internal sealed class Scale
        {
            public static Tensor operator *(Scale scale, Tensor x) => x.mul_(2);
        }

        internal sealed class OutWriter() : Module<Tensor, Tensor>("out")
        {
            public override Tensor forward(Tensor x)
            {
                View(x, out var all);
                all[0] = 3;
                return x + 1;
            }

            private static void View(Tensor x, out Tensor all) => all = x.view(-1);
        }

        [SpatialAttention(nameof({{site}}))]
        internal sealed partial class Block : Module<Tensor, Tensor>
        {
            private readonly Attention attn = new();
            private readonly Pairing pairing = new();
            private readonly SiLU silu = SiLU(inplace: true);
            private readonly SiLU plain = SiLU();
            private readonly ReLU relu;
            private readonly Module<Tensor, Tensor> act;
            private readonly Module<Tensor, Tensor> gelu;
            private readonly Sequential first;
            private readonly Sequential middle;
            private readonly Dropout dropout = Dropout(0.5, inplace: true);
            private readonly Identity identity = Identity();
            private readonly Linear linear = Linear(4, 4);
            private readonly Writer writer = new();
            private readonly HelpedWriter helped = new();
            private readonly Polite polite = new();
            private readonly Keeper keeper = new();
            private readonly RawWriter raw = new();
            private readonly Module<Tensor, Tensor> given;
            private readonly ModuleList<Module<Tensor, Tensor>> list;
            private readonly SiLU later = SiLU();
            private readonly Wrapped wrapped = new();
            private readonly Cloning cloning = new();
            private readonly Looped looped = new();
            private readonly Lambda lambda = new();
            private readonly Based derived = new Derived();
            private readonly Recursive recursive = new();
            private readonly OutWriter outWriter = new();
            private readonly Mutual mutual = new();
            private SiLU changed = SiLU();

            public Block(Module<Tensor, Tensor> given)
                : base("block")
            {
                this.given = given;
                relu = ReLU(inplace: given.training || true);
                act = given is null ? GELU() : Tanh(true);
                gelu = Make("gelu");
                first = Sequential(("a", ReLU(inplace: true)), ("b", Linear(4, 4)));
                middle = Sequential(Linear(4, 4), SiLU(inplace: true), Linear(4, 4));
                list = new ModuleList<Module<Tensor, Tensor>>(GELU(), SiLU());
                later.inplace = true;
                RegisterComponents();
                Change();
                eval();
            }

            public override partial Tensor forward(Tensor x);

            [CachedForward]
            private Tensor Compute(Tensor x)
            {
                {{body}}
            }

            public void Change() => changed = SiLU(inplace: true);

            private Module<Tensor, Tensor> Act => silu;

            private static Module<Tensor, Tensor> Make(string name) => name switch
            {
                "gelu" => GELU(),
                _ => throw new ArgumentException(name),
            };
        }
        """;
}
