using System.Net;

namespace Afterimage.Server;

/// <summary>How servers find each other.</summary>
/// <param name="Redis">The Redis that they share, as <c>host:port</c> and what StackExchange.Redis takes after it.</param>
/// <param name="Address">Where the others reach this one. Orleans asks for no key there: keep it in a network of the servers' own.</param>
public sealed record ClusterOptions(string Redis, IPEndPoint Address)
{
    /// <summary>What servers of one cluster have in common, beside a Redis that others may use too.</summary>
    public string Name { get; init; } = "afterimage";
}
