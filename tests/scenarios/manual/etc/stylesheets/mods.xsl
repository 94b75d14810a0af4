<xsl:stylesheet version="1.0" xmlns:xsl="http://www.w3.org/1999/XSL/Transform">
  <xsl:template match="/record">
    <mods><titleInfo><title><xsl:value-of select="title_de"/></title></titleInfo></mods>
  </xsl:template>
</xsl:stylesheet>
