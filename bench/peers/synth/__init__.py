"""The same checkout three times: our constructs, L2s by hand, and what others ship."""
