"""Neural networks as plain arrays: registry, base models, TF.js topologies, import and export."""
