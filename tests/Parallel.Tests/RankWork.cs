using System.Diagnostics;
using TorchSharp;
using static TorchSharp.torch;

namespace Afterimage.Parallel.Tests;

/// <summary>What a rank of a test does: this program, started again by mpiexec.</summary>
internal static class RankWork
{
    /// <summary>What the rank that fails says of it.</summary>
    public const string Reason = "the last rank is out of luck";

    // Long enough for ranks that start one after another, and short enough to wait for.
    private static readonly TimeSpan s_timeout = TimeSpan.FromSeconds(5);

    /// <summary>Does a work by its name.</summary>
    /// <returns>The exit code.</returns>
    public static int Run(string work) => work switch
    {
        "contract" => IsRight(CommunicatorContract.Check),
        "guidance" => IsRight(all => Share(all, new(Guidance: 2))),
        "sequence" => IsRight(all => Share(all, new(Sequence: 2))),
        "sequence of 4" => IsRight(all => SharedForwards.Check(all, new(Sequence: 4))),
        "both" => IsRight(all => Share(all, new(Guidance: 2, Sequence: 2))),
        "refusals" => IsRight(SharedRefusals.Check),
        "other plans" => IsRight(SharedRefusals.BeginsAnotherRun),
        "nccl" => MpiCommunicator.Run(all =>
        {
            using var devices = NcclCommunicator.Open(all, new Device(DeviceType.CUDA, all.Rank));
            CommunicatorContract.Check(devices);
            Console.WriteLine($"rank {all.Rank} of {all.Size} is right");
            return 0;
        }),
        "nccl on the host" => MpiCommunicator.Run(all =>
        {
            using var devices = NcclCommunicator.Open(all, CPU);
            return 0;
        }),
        "threads" => MpiCommunicator.Run(all =>
        {
            Console.WriteLine($"{get_num_threads()}"); // in one write, which those of other ranks do not come between
            return 0;
        }),
        "code" => MpiCommunicator.Run(all => 3),
        "throws" => MpiCommunicator.Run(all => LastFails(all, () => throw new InvalidDataException(Reason + "\n  and says so at length"))),
        "aborts" => MpiCommunicator.Run(all => LastFails(all, () => all.Abort(Reason))),
        "throws elsewhere" => MpiCommunicator.Run(all => LastFails(all, () => new Thread(() => throw new InvalidDataException(Reason)).Start())),
        "runs twice" => MpiCommunicator.Run(_ => MpiCommunicator.Run(_ => 0)),
        "dies" => MpiCommunicator.Run(all => LastFails(all, () => Process.GetCurrentProcess().Kill())),
        "leaves" => MpiCommunicator.Run(all => LastFails(all, () => Environment.Exit(0))),
        "is absent" => MpiCommunicator.Run(all => LastFails(all, () => Thread.Sleep(Timeout.Infinite)), s_timeout),
        "closes early" => MpiCommunicator.Run(all => all.Rank == all.Size - 1 ? 0 : LastFails(all, () => { }), s_timeout),
        _ => throw new ArgumentException($"There is no work '{work}'.", nameof(work)),
    };

    private static void Share(Communicator all, ParallelLayout layout)
    {
        SharedForwards.Check(all, layout);
        SharedFilms.Check(all, layout);
    }

    private static int IsRight(Action<Communicator> check) => MpiCommunicator.Run(all =>
    {
        check(all);
        Console.WriteLine($"rank {all.Rank} of {all.Size} is right");
        return 0;
    });

    // Of four, one waits in a group with the one that fails, and two for all.
    private static int LastFails(Communicator all, Action fail)
    {
        using var half = all.Split(all.Rank % 2, all.Rank);
        using var values = ones(1000);
        all.AllReduce(values);
        if (all.Rank == all.Size - 1)
            fail();
        half.AllReduce(values);
        all.AllReduce(values);
        return 0;
    }
}
