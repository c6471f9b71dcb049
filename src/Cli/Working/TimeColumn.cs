using Spectre.Console;
using Spectre.Console.Rendering;

namespace Afterimage.Cli.Working;

/// <summary>The times of a clock, in a bar. What the library itself has knows nothing of steps that take minutes.</summary>
internal sealed class TimeColumn(WorkClock clock) : ProgressColumn
{
    protected override bool NoWrap => true;

    public override IRenderable Render(RenderOptions options, ProgressTask task, TimeSpan deltaTime) => new Text($"{clock}");
}
