using Afterimage;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace AnnotateYourModel;

/// <summary>Attention from tokens to others: to themselves, or to a prompt.</summary>
internal sealed class Attention : Module<Tensor, Tensor, Tensor>
{
    private readonly Linear query;
    private readonly Linear key;
    private readonly Linear value;
    private readonly Linear output;
    private readonly ScaledDotProductAttention attend = new(); // torch's, but a profile can count it
    private readonly long _heads;

    public Attention(long width, long heads)
        : base(nameof(Attention))
    {
        query = Linear(width, width);
        key = Linear(width, width);
        value = Linear(width, width);
        output = Linear(width, width);
        _heads = heads;
        RegisterComponents();
    }

    public override Tensor forward(Tensor tokens, Tensor others)
    {
        using var scope = NewDisposeScope();
        var attended = attend.call(Heads(query.call(tokens)), Heads(key.call(others)), Heads(value.call(others)), null);
        return output.call(attended.transpose(1, 2).flatten(2)).MoveToOuterDisposeScope();
    }

    // [B, T, D] to [B, heads, T, D / heads]
    private Tensor Heads(Tensor tokens) => tokens.unflatten(2, _heads, -1).transpose(1, 2);
}
