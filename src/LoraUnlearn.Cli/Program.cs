Console.WriteLine("lora-unlearn");
