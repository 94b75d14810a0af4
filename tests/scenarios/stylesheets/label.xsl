<xsl:stylesheet version="1.0" xmlns:xsl="http://www.w3.org/1999/XSL/Transform">
  <xsl:output method="text" encoding="UTF-8"/>
  <xsl:template match="/record"><xsl:value-of select="concat(title, ' (', year, ')')"/></xsl:template>
</xsl:stylesheet>
