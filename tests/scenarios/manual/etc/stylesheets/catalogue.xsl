<xsl:stylesheet version="1.0" xmlns:xsl="http://www.w3.org/1999/XSL/Transform">
  <xsl:output method="html" encoding="UTF-8"/>
  <xsl:template match="/records">
    <ol>
      <xsl:for-each select="record">
        <xsl:sort select="year" data-type="number"/>
        <li><xsl:value-of select="title_de"/></li>
      </xsl:for-each>
    </ol>
  </xsl:template>
</xsl:stylesheet>
