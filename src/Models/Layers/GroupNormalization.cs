using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Afterimage.Models;

/// <summary>
/// A GroupNorm over dimension 1 (<c>weight</c>, <c>bias</c>). TorchSharp's own leaves its weights as the allocator gave them.
/// </summary>
internal sealed class GroupNormalization : Module<Tensor, Tensor>
{
    private readonly Parameter weight;
    private readonly Parameter bias;
    private readonly long _groups;
    private readonly double _eps;

    public GroupNormalization(long groups, long channels, double eps, Device? device, ScalarType? dtype)
        : base(nameof(GroupNormalization))
    {
        (_groups, _eps) = (groups, eps);
        weight = Parameter(ones(channels, dtype: dtype, device: device));
        bias = Parameter(zeros(channels, dtype: dtype, device: device));
        RegisterComponents();
    }

    [NoSideEffects]
    public override Tensor forward(Tensor input) => functional.group_norm(input, _groups, weight, bias, _eps);
}
