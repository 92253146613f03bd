"""Questions in a Discord channel, cited answers back; the only import of discord."""

import warnings

with warnings.catch_warnings():
    # discord.py imports a module for voice that Python is about to drop; nothing here speaks.
    warnings.filterwarnings("ignore", "'audioop' is deprecated", DeprecationWarning)
    import discord as discord

discord.VoiceClient.warn_nacl = discord.VoiceClient.warn_dave = False
