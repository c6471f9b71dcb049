using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Operations;

namespace Afterimage.Generators.Parsing;

/// <summary>
/// What the modules and methods of one compilation do with the memory of their arguments. Each is judged once; what is not in
/// source, or not known to be what runs, is not known.
/// </summary>
internal sealed class CalleeMemory(Compilation compilation)
{
    private const int MostNested = 12;

    // Methods that all call each other would be judged in every order.
    private const int MostAsked = 500;

    private static readonly ConditionalWeakTable<Compilation, CalleeMemory> s_all = new();

    // Each class asks through semantic models of its own.
    private static readonly ConditionalWeakTable<SemanticModel, HashSet<SyntaxTree>> s_files = new();

    // Only what does not depend on where the judging began, so that the order of questions changes no answer.
    private readonly ConcurrentDictionary<(ISymbol Symbol, ISymbol? As), (MemoryEffects Effects, int Depth, HashSet<SyntaxTree> Files)> _judged = new(new JudgedComparer());
    private readonly ConcurrentDictionary<SyntaxTree, SemanticModel> _models = new();

    /// <summary>Of a call of a module's <c>forward</c> or <c>call</c>.</summary>
    public static MemoryEffects Of(IInvocationOperation call) => PureCalls.IsMarked(call.TargetMethod) || call.SemanticModel is not { } model
        ? MemoryEffects.None
        : Ask(model, (callees, judging) => callees.OfModuleCall(call, judging));

    /// <summary>Of a loop, whose parameters are the variables from outside of it, in the order given.</summary>
    public static MemoryEffects OfLoop(ILoopOperation loop, IReadOnlyList<ISymbol> variables) => loop.SemanticModel is not { } model
        ? MemoryEffects.Unknown
        : Ask(model, (callees, judging) => BodyMemory.Of(callees, loop, variables, judging));

    /// <summary>The files that were looked into to answer what was asked through a semantic model.</summary>
    public static IEnumerable<SyntaxTree> FilesReadFor(SemanticModel model) => s_files.TryGetValue(model, out var files) ? files : [];

    /// <summary>The arguments of a module's call whose parameters are among <paramref name="parameters"/>.</summary>
    public static IEnumerable<IOperation> ArgumentsIn(IInvocationOperation call, uint parameters) =>
        call.Arguments.Where(argument => MemoryEffects.Has(parameters, argument.Parameter?.Ordinal ?? 0)).Select(argument => argument.Value);

    public MemoryEffects OfModuleCall(IInvocationOperation call, Judging judging) =>
        new ModuleMemory(this, call.TargetMethod, judging).Of(call.Instance);

    /// <summary>Of a method in source, as it runs on an object of type <paramref name="self"/>.</summary>
    public MemoryEffects OfMethod(IMethodSymbol method, ITypeSymbol? self, Judging judging) => Judge(method, self, judging, () =>
    {
        if (SyntaxOf(method) is not { } syntax)
        {
            return MemoryEffects.Unknown;
        }

        judging.Files.Add(syntax.SyntaxTree);
        return ModelOf(syntax.SyntaxTree).GetOperation(syntax) is { } body ? BodyMemory.Of(this, method, self, body, judging) : MemoryEffects.Unknown;
    });

    /// <summary>The answer for a symbol in one of its roles, found by <paramref name="judge"/> where it is not known yet.</summary>
    public MemoryEffects Judge(ISymbol symbol, ISymbol? role, Judging judging, Func<MemoryEffects> judge)
    {
        // What would be too deep from here is judged anew, to be cut where it always is.
        if (_judged.TryGetValue((symbol, role), out var known) && judging.Open.Count + known.Depth <= MostNested)
        {
            judging.Depth = Math.Max(judging.Depth, known.Depth);
            judging.Files.UnionWith(known.Files);
            return known.Effects;
        }

        if (judging.Open.Count == MostNested || ++judging.Asked > MostAsked || judging.Open.Contains(symbol, SymbolEqualityComparer.Default))
        {
            judging.Cut = true;
            return MemoryEffects.Unknown;
        }

        var (open, cut, depth, files) = (judging.Open, judging.Cut, judging.Depth, judging.Files);
        (judging.Open, judging.Cut, judging.Depth, judging.Files) = ([.. open, symbol], false, 0, []);
        var found = judge();
        if (!judging.Cut)
        {
            _judged[(symbol, role)] = (found, judging.Depth + 1, judging.Files);
        }

        files.UnionWith(judging.Files);
        (judging.Open, judging.Cut, judging.Depth, judging.Files) = (open, cut || (judging.Cut && open.Count > 0), Math.Max(depth, judging.Depth + 1), files);
        return found;
    }

    /// <summary>Whether a symbol is declared in this compilation's own source: another project's is metadata in a build.</summary>
    public bool IsSource(ISymbol symbol) => SymbolEqualityComparer.Default.Equals(symbol.ContainingAssembly, compilation.Assembly);

    public SemanticModel ModelOf(SyntaxTree tree) => _models.GetOrAdd(tree, tree => compilation.GetSemanticModel(tree));

    private static MemoryEffects Ask(SemanticModel model, Func<CalleeMemory, Judging, MemoryEffects> ask)
    {
        var judging = new Judging();
        var effects = ask(s_all.GetValue(model.Compilation, static compilation => new CalleeMemory(compilation)), judging);
        s_files.GetOrCreateValue(model).UnionWith(judging.Files);
        return effects;
    }

    // A block's own forward is still to be generated; its body stands for it.
    private static SyntaxNode? SyntaxOf(IMethodSymbol method)
    {
        var body = method.IsPartialDefinition
            ? method.ContainingType.GetMembers().OfType<IMethodSymbol>().FirstOrDefault(other =>
                KnownSymbols.HasAttribute(other, "CachedForwardAttribute") && SameParameters(other, method)) ?? method.PartialImplementationPart
            : method;
        return body?.DeclaringSyntaxReferences.FirstOrDefault()?.GetSyntax();
    }

    public static bool SameParameters(IMethodSymbol left, IMethodSymbol right) =>
        left.Parameters.Select(parameter => parameter.Type)
            .SequenceEqual(right.Parameters.Select(parameter => parameter.Type), SymbolEqualityComparer.Default);

    /// <summary>The <c>forward</c> with the parameters of <paramref name="called"/> that an object of exactly this type runs.</summary>
    public static IMethodSymbol? FindForward(ITypeSymbol? type, IMethodSymbol called)
    {
        for (; type is not null; type = type.BaseType)
        {
            if (type.GetMembers("forward").OfType<IMethodSymbol>().FirstOrDefault(method => SameParameters(method, called)) is { } found)
            {
                return found;
            }
        }

        return null;
    }

    /// <summary>One question with all that it leads to.</summary>
    internal sealed class Judging
    {
        /// <summary>What is being judged, outermost first.</summary>
        public IReadOnlyList<ISymbol> Open { get; set; } = [];

        /// <summary>How many symbols were judged.</summary>
        public int Asked { get; set; }

        /// <summary>Whether an answer was guessed, because it is being looked for or is too deep.</summary>
        public bool Cut { get; set; }

        /// <summary>How many symbols were nested in one another, at most.</summary>
        public int Depth { get; set; }

        /// <summary>The files whose bodies and initializers were looked into.</summary>
        public HashSet<SyntaxTree> Files { get; set; } = [];
    }

    private sealed class JudgedComparer : IEqualityComparer<(ISymbol Symbol, ISymbol? As)>
    {
        public bool Equals((ISymbol Symbol, ISymbol? As) x, (ISymbol Symbol, ISymbol? As) y) =>
            SymbolEqualityComparer.Default.Equals(x.Symbol, y.Symbol) && SymbolEqualityComparer.Default.Equals(x.As, y.As);

        public int GetHashCode((ISymbol Symbol, ISymbol? As) key) => SymbolEqualityComparer.Default.GetHashCode(key.Symbol);
    }
}
