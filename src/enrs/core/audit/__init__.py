"""The sealed journal of every access and every act."""
