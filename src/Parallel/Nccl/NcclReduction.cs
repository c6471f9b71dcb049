namespace Afterimage.Parallel.Nccl;

/// <summary>What is made of the ranks' elements (<c>ncclRedOp_t</c>).</summary>
internal enum NcclReduction
{
    Sum = 0,
}
