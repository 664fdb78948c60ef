using Backup.Cli.Output;
using Backup.Cli.Reports;
using Backup.Engine;
using Backup.Engine.Policies;

namespace Backup.Cli;

/// <summary>What ended a command, in words and as an exit code.</summary>
internal static class Failures
{
    public static Verdict Explain(Exception failure, Printer printer, CancellationToken cancellation)
    {
        var verdict = Verdict.Of(Judge(failure, cancellation));
        try
        {
            if (failure is PolicyException policy)
            {
                Print(policy, printer);
            }
            else if (failure is not OutputClosedException) // whoever read the output has seen enough: there is nobody to tell
            {
                Print(verdict, printer);
            }

            if (printer.Verbose)
            {
                printer.Note(failure.ToString());
            }
        }
        catch (IOException)
        {
            // Standard error is gone too; the exit code still tells.
        }

        return verdict;
    }

    private static void Print(PolicyException policy, Printer printer)
    {
        foreach (var fault in policy.Faults)
        {
            PolicyReport.PrintFault(printer, fault);
        }
    }

    private static void Print(Verdict verdict, Printer printer)
    {
        foreach (var conclusion in verdict.Conclusions)
        {
            printer.Error(conclusion.Message, conclusion.Remedy);
        }
    }

    private static IEnumerable<Conclusion> Judge(Exception failure, CancellationToken cancellation) => failure switch
    {
        _ when cancellation.IsCancellationRequested && IsCancellation(failure) =>
        [
            new Conclusion(
                ExitCode.Interrupted,
                "Interrupted; nothing half-done is visible.",
                "Run it again."),
        ],
        AggregateException { InnerExceptions: [var only] } => Judge(only, cancellation),
        BackupException known => [Conclusion.Of(known)],
        IOException or UnauthorizedAccessException =>
            [new Conclusion(ExitCode.Failed, Sentence(failure.Message), "Look at the disk, the path and its rights.")],
        OutOfMemoryException =>
            [new Conclusion(ExitCode.Failed, "Memory ran out.", "Give the process more memory, or lower limits.memory in the policy.")],
        _ =>
        [
            new Conclusion(
                ExitCode.Failed,
                Sentence($"This should not happen: {failure.GetType().Name}: {failure.Message}"),
                "Run it again with -v and report the text. What is stored is not touched by this."),
        ],
    };

    private static bool IsCancellation(Exception failure) =>
        failure is OperationCanceledException || (failure is AggregateException several && several.InnerExceptions.Any(IsCancellation));

    private static string Sentence(string text) => text.TrimEnd('.') + ".";
}
