namespace Afterimage.Parallel.Nccl;

/// <summary>Types of elements (<c>ncclDataType_t</c>), those that torch has.</summary>
internal enum NcclDataType
{
    Int8 = 0,
    Uint8 = 1,
    Int32 = 2,
    Int64 = 4,
    Float16 = 6,
    Float32 = 7,
    Float64 = 8,
    Bfloat16 = 9,
}
