<?xml version="1.0" encoding="UTF-8"?>
<xsl:stylesheet version="1.0" xmlns:xsl="http://www.w3.org/1999/XSL/Transform" xmlns:e="https://schema.easydb.de/EASYDB/1.0/objects/" exclude-result-prefixes="e">
  <xsl:output method="xml" encoding="UTF-8" indent="yes"/>
  <xsl:template match="/e:objects">
    <titles>
      <xsl:for-each select="*">
        <title id="{e:_system_object_id}"><xsl:value-of select="e:_standard/e:de-DE"/></title>
      </xsl:for-each>
    </titles>
  </xsl:template>
</xsl:stylesheet>
