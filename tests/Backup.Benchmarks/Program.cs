using BenchmarkDotNet.Running;

// Everything: --filter '*'. Quickly, only to see that it runs: --filter '*' --job dry.
BenchmarkSwitcher.FromAssembly(typeof(Program).Assembly).Run(args);
