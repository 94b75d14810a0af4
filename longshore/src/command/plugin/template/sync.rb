# frozen_string_literal: true

module {{module}}
  # What the plugin brings to the service `sync`.
  module Sync
    # The first argument says of which modalities datasets are exported: a text, a regular expression, or a list
    # of both.
    def self.init(context)
      context.register_exports(/\Aidah-/, Export)
    end
  end
end
