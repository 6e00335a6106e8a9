//! What the API speaks: its JSON, as types that both ends share.
