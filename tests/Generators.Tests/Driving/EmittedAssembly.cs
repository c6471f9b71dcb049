using System.Reflection;
using System.Runtime.Loader;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Emit;
using static TorchSharp.torch;

namespace Afterimage.Generators.Tests.Driving;

/// <summary>Test code with its generated parts, compiled and loaded.</summary>
internal sealed class EmittedAssembly
{
    private readonly Assembly _assembly;

    private EmittedAssembly(Assembly assembly) => _assembly = assembly;

    public static EmittedAssembly Of(string text, string path = "Sample.cs") => Of(GeneratorRun.Of(Compilations.Of((path, text))));

    public static EmittedAssembly Of(GeneratorRun run)
    {
        using var code = new MemoryStream();
        using var symbols = new MemoryStream();
        var result = run.Output.Emit(code, symbols, options: new EmitOptions(debugInformationFormat: DebugInformationFormat.PortablePdb));
        var problems = result.Diagnostics.Where(diagnostic => diagnostic.Severity >= DiagnosticSeverity.Warning).ToArray();
        Assert.IsEmpty(problems, string.Join("\n", problems.Select(problem => problem.ToString())) + "\n" + string.Join("\n", run.Files.Values));
        code.Position = symbols.Position = 0;
        return new EmittedAssembly(new AssemblyLoadContext(null, isCollectible: true).LoadFromStream(code, symbols));
    }

    /// <summary>A type of the test code.</summary>
    public Type TypeNamed(string name) => _assembly.GetType(name, throwOnError: true)!;

    /// <summary>A new instance of a module of the test code.</summary>
    public TModule New<TModule>(string type, params object?[] arguments)
        where TModule : nn.Module => (TModule)Activator.CreateInstance(TypeNamed(type), arguments)!;
}
