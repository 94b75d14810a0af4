# frozen_string_literal: true

module Filtered
  # What the plugin brings to the service `sync`.
  module Sync
    def self.init(context)
      context.register_exports("idah-image", Export)
    end
  end
end
