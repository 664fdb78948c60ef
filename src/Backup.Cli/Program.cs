Console.WriteLine("backupctl");
