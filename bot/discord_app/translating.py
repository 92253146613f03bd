"""Names and descriptions of commands in the catalogues' languages, as discord.py asks for them."""

from discord import Locale, app_commands

from bot.discord_app.texts import LANGUAGES, texts


class CatalogueTranslator(app_commands.Translator):
    """Looks texts up by the key that they carry."""

    async def translate(
        self,
        string: app_commands.locale_str,
        locale: Locale,
        context: app_commands.TranslationContextTypes,  # noqa: ARG002 (given by discord.py)
    ) -> str | None:
        """Return a text in a locale's language; None leaves it in English."""
        key, language = string.extras.get("key"), str(locale)
        if key is None or language not in LANGUAGES or language == "en":
            return None
        return texts(language).say(key)
