namespace Afterimage.Parallel.Nccl;

/// <summary>What the ranks of one communicator know it by (<c>ncclUniqueId</c>): 128 bytes.</summary>
internal unsafe struct NcclUniqueId
{
    public const int Size = 128;

    private fixed byte _bytes[Size];
}
