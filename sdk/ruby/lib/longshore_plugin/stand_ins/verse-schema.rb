# frozen_string_literal: true

# What exporters use of it is there already.
