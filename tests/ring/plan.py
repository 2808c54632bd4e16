"""What training on points needs: nothing of its own."""

from tgan_demo.parts import Plan

PLAN = Plan()
