using System.Diagnostics;

namespace Afterimage.Tests;

/// <summary>MPICH's program that starts ranks.</summary>
internal static class Mpiexec
{
    private static readonly string[] s_names = ["mpiexec.mpich", "mpiexec.hydra", "mpiexec"];

    /// <summary>Finds it, under the name that it has beside another MPI or under its own; a test that needs it ends where it is not installed.</summary>
    public static string Find()
    {
        var folders = Environment.GetEnvironmentVariable("PATH")!.Split(Path.PathSeparator);
        if (s_names.SelectMany(name => folders.Select(folder => Path.Combine(folder, name))).FirstOrDefault(File.Exists) is { } found)
            return found;
        Assert.Inconclusive("MPICH's mpiexec is not installed.");
        throw new UnreachableException();
    }
}
