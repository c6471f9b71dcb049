using Afterimage.Parallel.Tests;
using Microsoft.Testing.Platform.Builder;

// One of the ranks of a test, or the tests.
if (args is ["rank", var work])
    return RankWork.Run(work);
var builder = await TestApplication.CreateBuilderAsync(args);
SelfRegisteredExtensions.AddSelfRegisteredExtensions(builder, args);
using var tests = await builder.BuildAsync();
return await tests.RunAsync();
