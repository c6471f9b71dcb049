using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;

namespace Afterimage.Generators.Tests.Driving;

/// <summary>A run of the generator. Every run is done twice: the second, on an equal compilation, must have nothing to do.</summary>
internal sealed class GeneratorRun
{
    private GeneratorRun(GeneratorDriver driver, Compilation output)
    {
        Driver = driver;
        Output = output;
        Result = driver.GetRunResult().Results.Single();
    }

    public GeneratorDriver Driver { get; }

    /// <summary>The compilation with what was generated.</summary>
    public Compilation Output { get; }

    public GeneratorRunResult Result { get; }

    /// <summary>What was generated, by hint name.</summary>
    public IReadOnlyDictionary<string, string> Files =>
        Result.GeneratedSources.ToDictionary(source => source.HintName, source => source.SourceText.ToString());

    public static GeneratorRun Of(string text) => Of(Compilations.Of(("Sample.cs", text)));

    public static GeneratorRun Of(CSharpCompilation compilation)
    {
        var run = On(NewDriver((CSharpParseOptions)compilation.SyntaxTrees[0].Options), compilation);
        Assert.IsNull(run.Result.Exception, run.Result.Exception?.ToString());
        run.On((CSharpCompilation)compilation.Clone()).AssertNothingDone();
        run.AssertHoldsNoCompilation();
        return run;
    }

    /// <summary>The same driver on an edited compilation.</summary>
    public GeneratorRun On(CSharpCompilation compilation) => On(Driver, compilation);

    /// <summary>Why a step ran, once per output of it.</summary>
    public IncrementalStepRunReason[] Reasons(string step) =>
        Result.TrackedSteps.TryGetValue(step, out var runs)
            ? [.. runs.SelectMany(run => run.Outputs).Select(output => output.Reason)]
            : [];

    public void AssertNothingDone()
    {
        foreach (var step in TrackingNames.All)
        {
            foreach (var reason in Reasons(step))
            {
                Assert.IsTrue(reason is IncrementalStepRunReason.Cached or IncrementalStepRunReason.Unchanged, $"{step} was {reason}");
            }
        }

        var outputs = Result.TrackedOutputSteps.SelectMany(pair => pair.Value).SelectMany(run => run.Outputs);
        Assert.IsTrue(outputs.All(output => output.Reason == IncrementalStepRunReason.Cached), "A file was written again.");
    }

    private static GeneratorRun On(GeneratorDriver driver, CSharpCompilation compilation)
    {
        driver = driver.RunGeneratorsAndUpdateCompilation(compilation, out var output, out _);
        return new GeneratorRun(driver, output);
    }

    private static GeneratorDriver NewDriver(CSharpParseOptions options) => CSharpGeneratorDriver.Create(
        [new CachedForwardGenerator().AsSourceGenerator()],
        parseOptions: options,
        driverOptions: new GeneratorDriverOptions(IncrementalGeneratorOutputKind.None, trackIncrementalGeneratorSteps: true));

    private void AssertHoldsNoCompilation()
    {
        foreach (var step in TrackingNames.All.Where(Result.TrackedSteps.ContainsKey))
        {
            foreach (var output in Result.TrackedSteps[step].SelectMany(run => run.Outputs))
            {
                ObjectGraph.AssertHoldsNoCompilation(output.Value, step);
            }
        }
    }
}
