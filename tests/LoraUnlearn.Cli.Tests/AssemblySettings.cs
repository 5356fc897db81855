// The verbs compute with all cores; one test at a time is faster than several.
[assembly: CollectionBehavior(DisableTestParallelization = true)]
