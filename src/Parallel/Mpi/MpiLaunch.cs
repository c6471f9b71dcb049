namespace Afterimage.Parallel.Mpi;

/// <summary>How the process was started: MPI has ranks where mpiexec has started them.</summary>
internal static class MpiLaunch
{
    /// <summary>What brings MPI, for messages.</summary>
    public const string Remedy = "MPICH brings it: 'apt-get install mpich' on Debian and Ubuntu";

    /// <summary>Says what is in the way of MPI in this process.</summary>
    /// <param name="variable">A variable of the environment by its name.</param>
    /// <exception cref="NotSupportedException">MPICH's mpiexec has not started it.</exception>
    public static void Check(Func<string, string?> variable)
    {
        if (variable("PMI_RANK") is not null)
            return;
        throw new NotSupportedException(
            (variable("OMPI_COMM_WORLD_RANK") is null ? "This process was not started by mpiexec" : "This process was started by Open MPI's mpiexec, and expects MPICH's")
            + $", so there are no other ranks: start it as 'mpiexec -n 4 <program>'. {Remedy}, beside another MPI as mpiexec.mpich.");
    }

    /// <summary>How many ranks share this machine, as mpiexec says, or at most.</summary>
    /// <param name="variable">A variable of the environment by its name.</param>
    /// <param name="size">All ranks.</param>
    public static int RanksHere(Func<string, string?> variable, int size) =>
        int.TryParse(variable("MPI_LOCALNRANKS"), out var here) && here > 0 ? here : size;
}
